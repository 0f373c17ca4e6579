import type { ActionFunctionArgs } from '@remix-run/node';
import { previewForm } from '../../lib/preview.server.ts';
import { setPlace } from '../../lib/set-place.ts';
import { readForm } from '../../lib/form-fields.ts';

/** The preview of a form that isn't saved, for the editor while somebody types. */
export async function action({ request, params, context }: ActionFunctionArgs) {
  const { ref } = setPlace(params);
  const preview = await previewForm(context, ref, await readForm(request, context));
  return Response.json(preview, { headers: { 'Cache-Control': 'no-store' } });
}
