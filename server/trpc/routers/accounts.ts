import {
  linkInput,
  registerInput,
  requestLinkInput,
  signInInput,
  useLinkInput,
  type StartedSession,
} from '../../schemas/accounts.ts';
import { getMe, getRegistration, getSwitches, register } from '../../services/accounts.ts';
import { signIn, signOut } from '../../services/sign-in.ts';
import {
  requestConfirmation,
  requestPasswordReset,
  requestSignInLink,
} from '../../services/link-requests.ts';
import { getLink, useMailedLink } from '../../services/links.ts';
import type { TrpcContext } from '../context.ts';
import { procedure, publicProcedure, router, withoutInput } from '../trpc.ts';

/** The token leaves by the cookie alone; the answer says where to go. */
function begin(ctx: TrpcContext, session: StartedSession) {
  ctx.cookies.start(session);
  return { organisation: session.organisationSlug };
}

/** The same for everybody: a link is under way, if there is whom to mail it to. */
const MAILED = { mailed: true } as const;

export const accounts = router({
  me: procedure.input(withoutInput).query(({ ctx }) => getMe(ctx)),
  registration: publicProcedure.input(withoutInput).query(({ ctx }) => getRegistration(ctx)),
  switches: publicProcedure.input(withoutInput).query(({ ctx }) => getSwitches(ctx)),
  register: publicProcedure.input(registerInput).mutation(async ({ ctx, input }) => {
    const session = await register(ctx, input);
    return session ? { mailed: false, ...begin(ctx, session) } : { ...MAILED, organisation: null };
  }),
  signIn: publicProcedure
    .input(signInInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await signIn(ctx, input))),
  signOut: publicProcedure.input(withoutInput).mutation(async ({ ctx }) => {
    await signOut(ctx);
    ctx.cookies.end();
  }),
  requestPasswordReset: publicProcedure.input(requestLinkInput).mutation(async ({ ctx, input }) => {
    await requestPasswordReset(ctx, input);
    return MAILED;
  }),
  requestSignInLink: publicProcedure.input(requestLinkInput).mutation(async ({ ctx, input }) => {
    await requestSignInLink(ctx, input);
    return MAILED;
  }),
  requestConfirmation: procedure.input(withoutInput).mutation(async ({ ctx }) => {
    await requestConfirmation(ctx);
    return MAILED;
  }),
  link: publicProcedure.input(linkInput).query(({ ctx, input }) => getLink(ctx, input)),
  useLink: publicProcedure
    .input(useLinkInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await useMailedLink(ctx, input))),
});
