import { z } from 'zod';
import { id, organisationInput, pageInput } from '../schemas/common.ts';

/** An API key belongs to one organisation. A member of several names one. */
export const organisationQuery = organisationInput;
export const pageQuery = organisationQuery.extend(pageInput.shape);

export const setParams = z.object({ set_id: id });
export const promptParams = z.object({ prompt_id: id });
