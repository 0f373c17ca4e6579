import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { announce } from '../../lib/announcements.ts';
import { copyText } from '../../lib/copy-text.ts';
import { useHydrated } from '../../lib/use-hydrated.ts';
import { Button, IconButton, type ButtonLook } from './button.tsx';

export interface CopyButtonProps {
  /** What goes to the clipboard. */
  text: string;
  /** The word on it. With `iconOnly` its name, and then it says what is copied: "Copy support/emails". */
  label?: string;
  iconOnly?: boolean;
  variant?: ButtonLook['variant'];
  size?: ButtonLook['size'];
}

const SAID_FOR_MS = 2_000;

/** Copies text and says so. Copying needs JavaScript, so without it the button keeps its place but isn't shown. */
export function CopyButton({
  text,
  label = 'Copy',
  iconOnly,
  variant = 'plain',
  size = 'small',
}: CopyButtonProps) {
  const hydrated = useHydrated();
  const [said, setSaid] = useState<'Copied' | 'Not copied' | null>(null);

  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(null), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const copy = (): void => {
    void copyText(text).then((done) => {
      const result = done ? 'Copied' : 'Not copied';
      setSaid(result);
      announce(`${result}.`);
    });
  };
  const icon = said === 'Copied' ? Check : Copy;
  const className = hydrated ? undefined : 'invisible';
  return iconOnly ? (
    <IconButton
      icon={icon}
      label={said ?? label}
      size={size}
      variant={variant}
      onClick={copy}
      className={className}
    />
  ) : (
    <Button type="button" icon={icon} size={size} variant={variant} onClick={copy} className={className}>
      {said ?? label}
    </Button>
  );
}
