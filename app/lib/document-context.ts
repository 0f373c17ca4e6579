import { createContext, useContext } from 'react';

/** What the document needs even when no loader has run (an error page): given by entry.server.tsx. */
export interface DocumentFacts {
  cspNonce?: string;
  requestId?: string;
  theme?: string;
}

export const DocumentContext = createContext<DocumentFacts>({});

export function useDocumentFacts(): DocumentFacts {
  return useContext(DocumentContext);
}

/**
 * The nonce of the page that is open, for style sheets made in the browser (CodeMirror). Browsers hide the attribute
 * from style sheets and selectors but give the property to scripts.
 */
export function browserCspNonce(): string | undefined {
  return document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce || undefined;
}
