import {
  linkInput,
  registerInput,
  requestLinkInput,
  signInInput,
  useLinkInput,
  type StartedSession,
} from '../../schemas/accounts.ts';
import { getMe, getRegistration, getSwitches, register, signIn, signOut } from '../../services/accounts.ts';
import {
  requestConfirmation,
  requestPasswordReset,
  requestSignInLink,
} from '../../services/link-requests.ts';
import { getLink, useMailedLink } from '../../services/links.ts';
import type { TrpcContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

/** The token leaves by the cookie alone; the answer says where to go. */
function begin(ctx: TrpcContext, session: StartedSession) {
  ctx.cookies.start(session);
  return { organisation: session.organisationSlug };
}

/** The same for everybody: a link is under way, if there is whom to mail it to. */
const MAILED = { mailed: true } as const;

export const accounts = router({
  me: procedure.query(({ ctx }) => getMe(ctx)),
  registration: procedure.query(({ ctx }) => getRegistration(ctx)),
  switches: procedure.query(({ ctx }) => getSwitches(ctx)),
  register: procedure.input(registerInput).mutation(async ({ ctx, input }) => {
    const session = await register(ctx, input);
    return session ? { mailed: false, ...begin(ctx, session) } : { ...MAILED, organisation: null };
  }),
  signIn: procedure
    .input(signInInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await signIn(ctx, input))),
  signOut: procedure.mutation(async ({ ctx }) => {
    await signOut(ctx);
    ctx.cookies.end();
  }),
  requestPasswordReset: procedure.input(requestLinkInput).mutation(async ({ ctx, input }) => {
    await requestPasswordReset(ctx, input);
    return MAILED;
  }),
  requestSignInLink: procedure.input(requestLinkInput).mutation(async ({ ctx, input }) => {
    await requestSignInLink(ctx, input);
    return MAILED;
  }),
  requestConfirmation: procedure.mutation(async ({ ctx }) => {
    await requestConfirmation(ctx);
    return MAILED;
  }),
  link: procedure.input(linkInput).query(({ ctx, input }) => getLink(ctx, input)),
  useLink: procedure
    .input(useLinkInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await useMailedLink(ctx, input))),
});
