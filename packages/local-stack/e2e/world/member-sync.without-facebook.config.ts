import { defineFieldMap } from "@member-sync/shared/member/field-map.ts";
import { memberSync as own } from "../../../../member-sync.config.ts";

const { facebook: _, ...groups } = own.fieldMap.groups;

/** The user's configuration before one of its fields was mapped. */
export const memberSync = { ...own, fieldMap: defineFieldMap(groups) };
