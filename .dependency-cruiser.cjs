/** Imports run one way: main → service → adapters → app → core → shared. CI keeps it so, and a fixture proves that it would notice. */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    {
      name: "core-is-pure",
      comment: "core imports core, and of shared the member and message language only",
      severity: "error",
      from: { path: "^services/[^/]+/src/core/", pathNot: "\\.test\\.ts$|/testing/" },
      to: { pathNot: "^services/[^/]+/src/core/|^packages/shared/src/(member|messages)/" },
    },
    {
      name: "app-sees-ports-only",
      severity: "error",
      from: { path: "^services/([^/]+)/src/app/", pathNot: "\\.test\\.ts$" },
      to: { path: "^services/[^/]+/src/adapters/|^services/[^/]+/src/(service|main|config)\\.ts$" },
    },
    {
      name: "adapters-do-not-know-each-other",
      severity: "error",
      from: { path: "^services/([^/]+)/src/adapters/([^/]+)/", pathNot: "/contract/|\\.test\\.ts$" },
      to: { path: "^services/[^/]+/src/adapters/[^/]+/", pathNot: "^services/$1/src/adapters/$2/" },
    },
    {
      name: "adapters-do-not-know-the-composition",
      severity: "error",
      from: { path: "^services/[^/]+/src/(adapters|app|core)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^services/[^/]+/src/(service|main)\\.ts$" },
    },
    {
      name: "services-do-not-know-each-other",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "shared-knows-nobody",
      severity: "error",
      from: { path: "^packages/shared/" },
      to: { path: "^(services|packages/(?!shared/)|infra)/" },
    },
    {
      name: "fakes-know-the-language-only",
      comment: "a fake stands in for an outside system: it knows what all speak, and none of those who use it",
      severity: "error",
      from: { path: "^packages/fakes/", pathNot: "\\.contract\\.test\\.ts$" },
      to: { path: "^(services|packages/(?!(fakes|shared)/)|infra)/" },
    },
    {
      name: "services-run-without-fakes",
      severity: "error",
      from: { path: "^(services/[^/]+/src|packages/shared)/", pathNot: "\\.test\\.ts$|/testing/" },
      to: { path: "^packages/fakes/" },
    },
    {
      name: "google-clients-in-files-named-after-them",
      severity: "error",
      from: { path: "^(services|packages/shared)/", pathNot: "(firestore|pubsub)[^/]*/|\\.test\\.ts$|/test/" },
      to: { path: "node_modules/@google-cloud/" },
    },
    {
      name: "bench-stands-outside",
      comment: "the bench measures services as processes: it uses the language and the stack, and nobody uses it",
      severity: "error",
      from: { path: "^packages/bench/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(services|packages|infra|tools)/", pathNot: "^packages/(bench|shared|local-stack)/src/" },
    },
    { name: "nobody-uses-the-bench", severity: "error", from: { pathNot: "^packages/bench/" }, to: { path: "^packages/bench/" } },
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)node_modules/\\.cache/|^tools/fixtures/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
