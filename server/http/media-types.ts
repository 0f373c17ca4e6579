import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The type of body that the route takes; JSON when left out. */
    mediaType?: string;
  }
}

export const JSON_MEDIA_TYPE = 'application/json';

/** The error for a body of a type that the route doesn't take. It names both types. */
export function unsupportedMediaType(request: FastifyRequest): AppError {
  const { mediaType = JSON_MEDIA_TYPE } = request.routeOptions.config;
  const sent = request.headers['content-type'];
  const was = sent === undefined ? 'without a Content-Type' : `as ${shown(sent)}`;
  return new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `This route takes ${mediaType}, and the body was sent ${was}. Send the header "Content-Type: ${mediaType}".`,
    { reason: 'unsupported_media_type' },
  );
}

/** The error for a body with a Content-Encoding: unpacking it would let a small request cost much. */
export function unsupportedContentEncoding(): AppError {
  return new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Compressed bodies aren’t accepted. Send the body without Content-Encoding.',
    { reason: 'unsupported_content_encoding' },
  );
}

/** Whether the body of a request is encoded. `identity` is none. */
export function isEncoded(encoding: string | undefined): boolean {
  return encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity';
}

function shown(mediaType: string): string {
  return mediaType.length > 60 ? `${mediaType.slice(0, 60)}…` : mediaType;
}
