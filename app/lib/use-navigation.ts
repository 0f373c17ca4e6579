// eslint-disable-next-line @typescript-eslint/no-restricted-imports -- this is the one that the rule names
import { useNavigation as useRemixNavigation, type Navigation } from '@remix-run/react';
import { useSyncExternalStore } from 'react';
import { currentFailure, onFailureChange, type RequestFailure } from './page-requests.ts';

const IDLE: Navigation = {
  state: 'idle',
  location: undefined,
  formMethod: undefined,
  formAction: undefined,
  formEncType: undefined,
  formData: undefined,
  json: undefined,
  text: undefined,
};

/** What is being sent or loaded. A request that failed is neither: Remix still counts it as pending (page-requests.ts). */
export function useNavigation(): Navigation {
  const navigation = useRemixNavigation();
  return useRequestFailure() ? IDLE : navigation;
}

/** The same as Remix counts it: also with the form or the address of a request that failed. */
export function usePendingNavigation(): Navigation {
  return useRemixNavigation();
}

/** The failure of the newest request of a page. */
export function useRequestFailure(): RequestFailure | undefined {
  return useSyncExternalStore(onFailureChange, currentFailure, () => undefined);
}
