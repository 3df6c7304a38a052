import { describe } from "vitest";
import { djangoMembersContract } from "./django-members.contract.ts";
import { djangoPort } from "./django-port.ts";
import { exampleHost } from "./example-host.ts";
import { FakeDjango } from "./fake-django.ts";

describe("members in Django: the fake", () => {
  const django = new FakeDjango({ host: exampleHost, clock: Date.now });
  const port = djangoPort(django);
  const write = async (ssn: string, values: Parameters<FakeDjango["write"]>[1]) => void django.write(ssn, values, { actor: "user:1" });
  // As the host's own forms do it: what is given goes through the columns.
  const cleaned = (values: Parameters<FakeDjango["write"]>[1]) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([path, value]) => {
        const checked = exampleHost.check(path, value);
        return "code" in checked ? [] : [[path, checked.value] as const];
      }),
    );
  djangoMembersContract(() => ({
    django: port,
    staff: {
      create: (ssn, values) => write(ssn, cleaned(values)),
      edit: (ssn, values) => write(ssn, cleaned(values)),
      remove: async (ssn) => django.remove(ssn, { actor: "user:1" }),
    },
  }));
});
