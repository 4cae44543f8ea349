// @ts-check
// Holds a dashboard definition (a file) against the vendor's own schemas; prints what is wrong with it as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const vendor = createRequire(import.meta.url);
const { DashboardValidator } = vendor("@splunk/dashboard-validation");
const { createSchemaBasedOnDicts } = vendor("@splunk/dashboard-definition");
const schemas = vendor("@splunk/visualization-schemas");

const text = { type: "string" };
const times = { type: "object", properties: { earliest: text, latest: text }, additionalProperties: false };
const validator = new DashboardValidator();
const failure = validator.setSchema(
  createSchemaBasedOnDicts({
    layoutDict: { grid: {} },
    dataSourceDict: { "ds.search": { query: text, queryParameters: times } },
    visualizationDict: {
      "splunk.singlevalue": schemas.singleValueOptionsSchema,
      "splunk.line": schemas.lineOptionsSchema,
      "splunk.markdown": schemas.markdownOptionsSchema,
    },
    inputDict: { "input.timerange": { token: text, defaultValue: text } },
  }),
);
if (failure) throw failure;
console.log(JSON.stringify(validator.validate(JSON.parse(readFileSync(process.argv[2], "utf-8"))) ?? []));
