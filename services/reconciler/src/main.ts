import { runService } from "@member-sync/shared/runtime/lifecycle.ts";
import { reconcilerConfig } from "./config.ts";
import { startReconciler } from "./service.ts";

await runService("reconciler", (env) => startReconciler(reconcilerConfig(env)));
