import { Button } from '@mantine/core';
import { BASE_PATH } from '../surroundings.js';
import { useTexts } from '../texts/texts.js';
import type { SignInMethods } from './browser-session.js';

/** What the API takes as a place to return to. */
const MAX_RETURN_PATH = 2_000;

interface ProviderButtonProps {
  readonly provider: NonNullable<SignInMethods['provider']>;
  readonly isOverPage: boolean;
}

/** To the identity provider and back to this page; over a page, in a window of its own, so that the page stays as it is. */
export function ProviderButton({ provider: { issuer, loginUrl }, isOverPage }: ProviderButtonProps) {
  const { signIn: texts } = useTexts();
  const { host, pathname } = new URL(issuer);
  const label = texts.with(`${host}${pathname}`.replace(/\/$/, ''));
  const addressOf = (returnTo: string) => `${loginUrl}?${new URLSearchParams({ returnTo })}`;
  if (isOverPage) {
    const open = () =>
      window.open(addressOf(`${BASE_PATH}/signed-in`), '_blank', 'popup,width=520,height=700');
    return <Button onClick={open}>{label}</Button>;
  }
  const here = `${location.pathname}${location.search}`;
  return (
    <Button component="a" href={addressOf(here.length > MAX_RETURN_PATH ? `${BASE_PATH}/` : here)}>
      {label}
    </Button>
  );
}
