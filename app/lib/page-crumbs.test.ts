import { expect, it } from 'vitest';
import { placeOfPath } from './page-crumbs.ts';

const words = (path: string): string[] => placeOfPath(path).crumbs.map(({ label }) => label);

it('reads the address out of the path, each part but the last a link', () => {
  expect(placeOfPath('/o/acme/support/emails')).toEqual({
    crumbs: [
      { label: 'acme', to: '/o/acme' },
      { label: 'support', to: '/o/acme/support' },
      { label: 'emails' },
    ],
    address: 'support/emails',
  });
});

it('leads over the pages about a thing, whose links keep the dash', () => {
  expect(placeOfPath('/o/acme/support/emails/-/versions/1.4.2')).toEqual({
    crumbs: [
      { label: 'acme', to: '/o/acme' },
      { label: 'support', to: '/o/acme/support' },
      { label: 'emails', to: '/o/acme/support/emails' },
      { label: 'versions', to: '/o/acme/support/emails/-/versions' },
      { label: '1.4.2' },
    ],
    address: 'support/emails',
  });
  expect(words('/o/acme/-/api-keys')).toEqual(['acme', 'api keys']);
});

it('names no address where programs have nothing to fetch', () => {
  expect(placeOfPath('/o/acme').address).toBeUndefined();
  expect(placeOfPath('/o/acme/support').address).toBeUndefined();
  expect(placeOfPath('/o/acme/-/projects/new').address).toBeUndefined();
});

it('calls the first page of an organisation home', () => {
  expect(words('/o/acme')).toEqual(['acme', 'home']);
  expect(words('/o/acme/')).toEqual(['acme', 'home']);
});

it('shows a path with a stray percent sign as it was typed', () => {
  expect(words('/o/acme/100%/x')).toEqual(['acme', '100%', 'x']);
});
