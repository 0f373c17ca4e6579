import { registerInput, signInInput, type StartedSession } from '../../schemas/accounts.ts';
import { getMe, getRegistration, registerAccount, signIn, signOut } from '../../services/accounts.ts';
import type { TrpcContext } from '../context.ts';
import { procedure, router } from '../trpc.ts';

/** The token leaves by the cookie alone; the answer says where to go. */
function begin(ctx: TrpcContext, session: StartedSession) {
  ctx.cookies.start(session);
  return { organisation: session.organisationSlug };
}

export const accounts = router({
  me: procedure.query(({ ctx }) => getMe(ctx)),
  registration: procedure.query(({ ctx }) => getRegistration(ctx)),
  register: procedure
    .input(registerInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await registerAccount(ctx, input))),
  signIn: procedure
    .input(signInInput)
    .mutation(async ({ ctx, input }) => begin(ctx, await signIn(ctx, input))),
  signOut: procedure.mutation(async ({ ctx }) => {
    await signOut(ctx);
    ctx.cookies.end();
  }),
});
