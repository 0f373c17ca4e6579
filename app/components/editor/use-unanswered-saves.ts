import { useCallback, useEffect, useRef, useState } from 'react';
import { toContent, type ContentForm } from '../../lib/content-form.ts';
import { useRequestFailure } from '../../lib/use-navigation.ts';

export interface UnansweredSaves {
  /** SHA-256 hashes of the contents, for a hidden field of the form. */
  hashes: string;
  /** Notes the form that is being sent. */
  noteSave: (form: ContentForm) => void;
}

/**
 * Remembers the contents of saves that got no answer. The server may have stored such a save before the connection
 * broke. The next save then conflicts with it, and the server recognises it by these hashes.
 *
 * @param revision of the prompt; another one means that a save was answered
 */
export function useUnansweredSaves(revision: number): UnansweredSaves {
  const [unanswered, setUnanswered] = useState({ revision, hashes: '' });
  const sent = useRef<ContentForm>();
  const failure = useRequestFailure();

  useEffect(() => {
    const form = sent.current;
    if (!failure || !form) return;
    sent.current = undefined;
    void import('@anvil/core/checksum').then(({ contentSha256 }) => {
      const hash = contentSha256(toContent(form).content);
      setUnanswered((before) => ({
        revision,
        hashes: before.revision === revision ? `${before.hashes} ${hash}`.trim() : hash,
      }));
    });
  }, [failure, revision]);

  const noteSave = useCallback((form: ContentForm) => {
    sent.current = form;
  }, []);
  return { hashes: unanswered.revision === revision ? unanswered.hashes : '', noteSave };
}
