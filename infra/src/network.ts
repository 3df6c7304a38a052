import { compute } from "@pulumi/gcp";
import type { StackConfig } from "./stack-config.ts";

/**
 * The network through which the reconciler calls the adapter. Every service takes calls from inside only, and a call
 * from one Cloud Run service to another counts as inside when it comes by a network with private access to Google.
 */
export function createNetwork({ region }: StackConfig): compute.Subnetwork {
  const network = new compute.Network("member-sync", { name: "member-sync", autoCreateSubnetworks: false });
  return new compute.Subnetwork("member-sync-services", {
    name: "member-sync-services",
    network: network.id,
    region,
    ipCidrRange: "10.88.0.0/24",
    privateIpGoogleAccess: true,
  });
}
