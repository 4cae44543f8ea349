// The vendor's types of a dashboard of Grafana as JSON has them, in both shapes: a literal is held against them.
//
// The vendor leaves the options of a kind of panel open (they are a plug-in's); each kind that BOS writes is closed here
// with the vendor's own type of that plug-in. The vendor has no type for a query of Prometheus: of a query, what all
// queries share is held against its type, and the rest against the four fields that BOS writes.
import type { Dashboard as Board, DataQuery, Panel as AnyPanel } from "@grafana/schema";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { Options as Text } from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";
import type {
  FieldConfig as Lines,
  Options as Course,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type {
  DataQueryKind,
  PanelKind,
  PanelQueryKind,
  QueryGroupKind,
  Spec,
  VizConfigKind,
} from "@grafana/schema/apis/dashboard.grafana.app/v2";

// A JSON file has the texts of an enumeration, never its members.
type Json<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer One)[]
      ? Json<One>[]
      : T extends object
        ? { [Name in keyof T]: Json<T[Name]> }
        : T;

type None = Record<string, never>;
type Prometheus = { expr: string; instant?: boolean; range?: boolean; interval?: string };

type Closed<Kind, Options, Custom> = Omit<AnyPanel, "type" | "options" | "fieldConfig" | "targets"> & {
  type: Kind;
  options: Options;
  fieldConfig?: { defaults: Omit<NonNullable<AnyPanel["fieldConfig"]>["defaults"], "custom"> & { custom?: Custom }; overrides: [] };
  targets?: (DataQuery & Prometheus)[];
};
type Panel = Closed<"stat", Stat, None> | Closed<"text", Text, None> | Closed<"timeseries", Course, Lines>;
export type Classic = Json<Omit<Board, "panels"> & { panels: Panel[] }>;

type Asked = Omit<DataQueryKind, "group" | "spec"> & { group: "prometheus"; spec: Prometheus };
type Query = Omit<PanelQueryKind, "spec"> & { spec: Omit<PanelQueryKind["spec"], "query"> & { query: Asked } };
type Queries = Omit<QueryGroupKind, "spec"> & { spec: Omit<QueryGroupKind["spec"], "queries"> & { queries: Query[] } };
type Drawn<Kind, Options, Custom> = Omit<VizConfigKind, "group" | "spec"> & {
  group: Kind;
  spec: {
    options: Options;
    fieldConfig: {
      defaults: Omit<VizConfigKind["spec"]["fieldConfig"]["defaults"], "custom"> & { custom?: Custom };
      overrides: [];
    };
  };
};
type Picture = Drawn<"stat", Stat, None> | Drawn<"text", Text, None> | Drawn<"timeseries", Course, Lines>;
type Element = Omit<PanelKind, "spec"> & {
  spec: Omit<PanelKind["spec"], "vizConfig" | "data"> & { vizConfig: Picture; data: Queries };
};
// Of the metadata the server writes all but the name, although the vendor's type asks for them.
export type Resource = Json<{
  apiVersion: "dashboard.grafana.app/v2";
  kind: "Dashboard";
  metadata: { name: string };
  spec: Omit<Spec, "elements"> & { elements: Record<string, Element> };
}>;
