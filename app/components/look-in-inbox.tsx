import { DoorAside } from './door-aside.tsx';
import { DoorFrame } from './door-frame.tsx';
import { TextLink } from './ui/link.tsx';

export interface LookInInboxProps {
  email: string;
  /** What lies there, if anything: the answer is the same for every address. */
  children: string;
  /** Development: mails are not sent but kept by this server. */
  devInbox: boolean;
}

/** What follows when a link was asked for, whether or not there is anybody to mail it to. */
export function LookInInbox({ email, children, devInbox }: LookInInboxProps) {
  return (
    <DoorFrame title="Check your email" aside={<DoorAside />}>
      <div className="grid gap-3 text-mute">
        <p>
          {children} It goes to <strong className="font-medium break-words text-ink">{email}</strong>. If
          nothing arrives within a minute, look in your spam folder and check the address.
        </p>
        {devInbox && (
          <p>
            This instance keeps its mails:{' '}
            <TextLink to="/dev/mail" className="underline">
              see them here
            </TextLink>
            .
          </p>
        )}
      </div>
      <p className="mt-6">
        <TextLink to="/sign-in">Back to sign-in</TextLink>
      </p>
    </DoorFrame>
  );
}
