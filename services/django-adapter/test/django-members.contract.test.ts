import { djangoMembersContract } from "@member-sync/fakes/django/django-members.contract.ts";
import { staffOverRest, type DjangoUnderTest } from "@member-sync/fakes/django/django-under-test.ts";
import { afterAll, beforeAll, describe } from "vitest";
import { createHttpDjango } from "../src/adapters/django/http-django.ts";
import { findPython, startExampleProject, type ExampleProject } from "./example-project.ts";

const found = findPython();
if ("missing" in found) process.stderr.write(`not run, the contract of Django's members against the real one: ${found.missing}\n`);

describe.runIf("python" in found)("members in Django: the real app, over HTTP", { timeout: 60_000 }, () => {
  let project: ExampleProject | undefined;
  beforeAll(async () => {
    if ("python" in found) project = await startExampleProject({ python: found.python, token: "secret" });
  });
  afterAll(() => project?.[Symbol.asyncDispose]());

  djangoMembersContract((): DjangoUnderTest => {
    if (project === undefined) throw new Error("the example project did not start");
    return { django: createHttpDjango({ url: project.url, token: () => "secret" }), staff: staffOverRest(project.members) };
  });
});
