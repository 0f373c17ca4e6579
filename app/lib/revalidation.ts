import type { ShouldRevalidateFunction } from '@remix-run/react';

/**
 * Loads the page again after each form, refused ones too, but not after the end of a session: the error page of the loader
 * would replace the form with everything typed.
 */
export const unlessSessionEnded: ShouldRevalidateFunction = ({ actionStatus }) => actionStatus !== 401;
