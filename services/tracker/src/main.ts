import { runService } from "@member-sync/shared/runtime/lifecycle.ts";
import { trackerConfig } from "./config.ts";
import { startTracker } from "./service.ts";

await runService("tracker", (env) => startTracker(trackerConfig(env)));
