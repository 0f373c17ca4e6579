import { useLocation } from '@remix-run/react';
import { useNavigation } from './use-navigation.ts';

/**
 * Whether a form whose success leads to another page is under way: from the press until that page, or until what is wrong
 * is said. Not while the page behind a refusal reads anew: who has read the refusal may press again at once.
 */
export function useSending(): boolean {
  const { state, formMethod, location } = useNavigation();
  const { pathname } = useLocation();
  return formMethod === 'POST' && (state === 'submitting' || location?.pathname !== pathname);
}
