import { useCallback, useEffect, useRef, type FormEvent, type RefObject } from 'react';
import { useRequestFailure } from './use-navigation.ts';

/**
 * Sends a form one request at a time. A submit during another one waits for the answer, so that it carries the revision
 * that the first one created. Of several that wait, the newest is sent.
 *
 * @param page data of the page; another object means that the request was answered by this page
 * @param answer data of the action; likewise
 * @returns a handler for `submit`; true when the submit has to wait and its default was prevented
 */
export function useSerialSubmit(
  formRef: RefObject<HTMLFormElement>,
  page: unknown,
  answer: unknown,
): (event: FormEvent<HTMLFormElement>) => boolean {
  const isSending = useRef(false);
  const waiting = useRef<{ submitter: HTMLElement | null }>();
  const failure = useRequestFailure();

  useEffect(() => {
    isSending.current = false;
    const next = waiting.current;
    waiting.current = undefined;
    if (next) formRef.current?.requestSubmit(next.submitter);
  }, [formRef, page, answer]);

  // After a failure the person decides: the form shows what happened.
  useEffect(() => {
    if (!failure) return;
    isSending.current = false;
    waiting.current = undefined;
  }, [failure]);

  return useCallback((event) => {
    if (!isSending.current) {
      isSending.current = true;
      return false;
    }
    event.preventDefault();
    waiting.current = { submitter: (event.nativeEvent as SubmitEvent).submitter };
    return true;
  }, []);
}
