import { MailWarning } from 'lucide-react';
import { Banner } from './ui/banner.tsx';
import { TextLink } from './ui/link.tsx';

/** Stays on every page until the person has confirmed their address. */
export function UnconfirmedAddress({ email }: { email: string }) {
  return (
    <aside aria-label="Your address" className="px-4 pt-3 md:px-7">
      <Banner
        tone="minor"
        icon={MailWarning}
        action={<TextLink to="/confirm-address">Confirm your address</TextLink>}
      >
        Your address <span className="font-medium wrap-anywhere">{email}</span> isn’t confirmed.
      </Banner>
    </aside>
  );
}
