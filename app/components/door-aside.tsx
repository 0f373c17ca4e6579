/** Shows people who aren't signed in what Anvil does: a request for a prompt by its address, and the response. */
export function DoorAside() {
  return (
    <div>
      <figure aria-label="An application asks for a prompt by its address">
        <pre className="text-13 text-mute">
          <span className="text-faint">$ </span>
          <span className="text-ink">curl -X POST …/api/v1/render/support/emails/refund</span>
          <span className="text-ember">@^2.3</span>
          {'\n\n  '}
          <span className="text-info">"version"</span>: <span className="text-patch">"2.4.0"</span>
          {'\n  '}
          <span className="text-info">"text"</span>:{' '}
          <span className="text-patch">"Mara asks for a refund of order 20931 …"</span>
          {'\n\n'}
          <span className="text-faint"># </span>2.3.1 → <span className="text-patch">2.4.0</span> minor, comes
          by itself with ^2.3
          {'\n'}
          <span className="text-faint"># </span>2.4.0 → <span className="text-major">3.0.0</span> major, waits
          until you ask for it
        </pre>
      </figure>
      <p className="mt-6 max-w-105 text-mute">
        Prompts are packages. Written by people, released with a version, fetched by address.
      </p>
    </div>
  );
}
