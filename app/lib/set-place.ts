import type { Params } from '@remix-run/react';

/** Where a page of a prompt set is: how services name the set, how programs do, and where its pages begin. */
export interface SetPlace {
  ref: { organisation: string; project: string; set: string };
  /** `support/emails` */
  address: string;
  /** `/o/acme/support/emails` */
  base: string;
}

/** @param params of a route below `/o/:organisation/:project/:set` */
export function setPlace(params: Params): SetPlace {
  const { organisation = '', project = '', set = '' } = params;
  return {
    ref: { organisation, project, set },
    address: `${project}/${set}`,
    base: `/o/${organisation}/${project}/${set}`,
  };
}

/** The range that lines to copy ask for: what is compatible with a version, `^2.3` for 2.3.1. */
export function rangeOf(version: string): string {
  return `^${version.split('.').slice(0, 2).join('.')}`;
}
