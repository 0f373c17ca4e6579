import type { onRequestHookHandler } from 'fastify';
import { AppError } from '../errors.ts';

/** For what is handed on as a Request of the platform (pages, tRPC): none can be a TRACE, so making it would be a bug. */
export const refuseTrace: onRequestHookHandler = (request, reply, done) => {
  if (request.method !== 'TRACE') return done();
  reply.header('allow', 'GET, HEAD, POST');
  done(
    new AppError('METHOD_NOT_SUPPORTED', 'TRACE does not exist here; GET, HEAD, POST do.', {
      reason: 'method_not_allowed',
    }),
  );
};
