import { backUp, restoreFirestore, restoreHub } from "./disasters.ts";
import type { Intent } from "./case.ts";
import { forge, recreate, replace, stampFarFuture, writeForbidden } from "./mischief.ts";
import { forget } from "./forget.ts";
import { create, decide, edit, look, remove, replay, setActivity, steer, twin, type Minds } from "./people.ts";
import { confirmRestore, dumpSide, restoreSide } from "./restores.ts";
import type { MapVersion } from "./rules.ts";
import type { Service, World } from "./world.ts";

const HOUR = 3_600_000;

/** Carries out what somebody means to do, if it can be done now; tells what was done. */
export function act(world: World, minds: Minds, intent: Intent): string {
  switch (intent.kind) {
    case "edit":
      return edit(world, minds, intent);
    case "twin":
      return twin(world, minds, intent.member, intent.group);
    case "bulk":
      return world.lives
        .map((_, member) => edit(world, minds, { kind: "edit", member, side: intent.side, groups: [intent.group], how: "plain" }))
        .join();
    case "create":
      return create(world, minds, { ...intent, extra: {} });
    case "remove":
      return remove(world, intent.member, intent.side);
    case "activity":
      return setActivity(world, intent.member, intent.isActive);
    case "steer":
      return steer(world, intent.member);
    case "look":
      return look(world, intent.at);
    case "decide":
      return decide(world, minds, intent);
    case "control":
      forget(world.reconciler.process.useCases.control({ paused: intent.paused, direction: intent.direction, reason: "simulated" }));
      return `control ${intent.paused ? "paused" : intent.direction}`;
    case "wait":
      world.stage.pass(intent.hours * HOUR);
      return `${intent.hours} hours pass`;
    case "flush":
      forget(world.reconciler.process.useCases.flush());
      return "flush";
    case "replay":
      return replay(world);
    case "poison":
      world.bus.put(world.schedule.pick(["member-changes-django", "member-apply-firestore", "member-apply-django"] as const), [
        {
          data: world.schedule.pick([
            "{",
            '{"schema":"member-change.v99"}',
            '{"schema":"member-apply.v1","envelopeId":"x","side":"django","items":[{}]}',
          ]),
          attributes: {},
        },
      ]);
      return "a message that nobody can read";
    case "policy":
      world.policy = intent.policy;
      world.restart("reconciler");
      return `policy ${intent.policy.kind}`;
    case "rest":
      return "nobody does anything";
    case "backup":
      minds.backup = backUp(world);
      return "a backup is made";
    case "restore-firestore":
      return minds.backup === undefined ? "no backup" : restoreFirestore(world, minds.backup);
    case "restore-hub":
      return minds.backup === undefined ? "no backup" : restoreHub(world, minds.backup);
    case "forge":
      return forge(world, minds, intent);
    case "replace":
      return replace(world, minds, intent);
    case "recreate":
      return recreate(world, minds, intent);
    case "forbidden":
      return writeForbidden(world, intent);
    case "far-future":
      return stampFarFuture(world, minds, intent);
    case "dump":
      return dumpSide(world, intent.side);
    case "restore-side":
      return restoreSide(world, intent.side);
    case "confirm-restore":
      return confirmRestore(world, intent.side);
    case "deploy":
      return deploy(world, intent.service, intent.map);
  }
}

/** One service starts again with another version of the field map, and both sides are told anew what was not read before. */
export function deploy(world: World, service: Service, map: MapVersion): string {
  if (world.maps[service] === map) return `${service} stays as it is`;
  world.maps[service] = map;
  world.isMapChanged = true;
  world.restart(service);
  world.isLossy = true;
  world.repairs += 1;
  return `${service} is deployed with the ${map} map`;
}
