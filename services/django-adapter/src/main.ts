import { runService } from "@member-sync/shared/runtime/lifecycle.ts";
import { djangoAdapterConfig } from "./config.ts";
import { startDjangoAdapter } from "./service.ts";

await runService("django-adapter", (env) => startDjangoAdapter(djangoAdapterConfig(env)));
