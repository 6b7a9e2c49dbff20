import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  Menu,
  NavLink,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { useEffect } from 'react';
import { Link, Outlet, useLocation } from 'react-router';
import { ProblemAlert } from '../parts/problem-alert.js';
import { useChange } from '../parts/use-change.js';
import { session } from '../session/session.js';
import { useMe } from '../session/use-me.js';
import { useLanguage, useTexts } from '../texts/texts.js';
import { useChangeLanguage } from './change-language.js';
import { CommandPalette } from './command-palette.js';
import { EntryBars } from './entry-bars.js';
import { PAGES } from './pages.js';
import { useOfferedPages } from './use-pages.js';

export function Layout() {
  const { shell } = useTexts();
  const { pathname } = useLocation();
  const pages = useOfferedPages();
  const [isOpen, { toggle, close }] = useDisclosure();
  const current = PAGES.find(({ to }) => (to === '/' ? pathname === '/' : pathname.startsWith(to)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that was chosen closes the menu.
  useEffect(close, [pathname]);
  useEffect(() => {
    document.title = current ? `${shell.pages[current.name]} · Rowhouse` : 'Rowhouse';
  }, [current, shell]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="lg"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={shell.menu} />
            <Text component={Link} to="/" fw={700} size="lg" className="row-link">
              Rowhouse
            </Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Button
              variant="default"
              size="xs"
              onClick={spotlight.open}
              rightSection={
                <Kbd size="xs" visibleFrom="sm">
                  Ctrl K
                </Kbd>
              }
            >
              {shell.search}
            </Button>
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={shell.navigation}>
        {pages.map(({ to, name }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={shell.pages[name]}
            active={current?.to === to}
            aria-current={current?.to === to ? 'page' : undefined}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <EntryBars />
        <Outlet />
      </AppShell.Main>
      <CommandPalette />
    </AppShell>
  );
}

function Account() {
  const { shell, roles } = useTexts();
  const me = useMe();
  const credential = session.credential();
  const name = credential && 'name' in credential ? credential.name : undefined;
  const signOut = useChange(() => session.end(), []);
  const language = useLanguage();
  const changeLanguage = useChangeLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>{shell.account}</VisuallyHidden>
          <Group gap={8} wrap="nowrap">
            <ActionIcon component="span" variant="light" color="gray" radius="xl" size="lg" aria-hidden>
              {(name ?? me?.id)?.slice(0, 1).toUpperCase() ?? '·'}
            </ActionIcon>
            <Text size="sm" visibleFrom="sm" truncate maw={160}>
              {name ?? me?.id}
            </Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {me && <Menu.Label>{shell.signedInAs(name ?? me.id, roles[me.role])}</Menu.Label>}
        <Menu.Divider />
        <Menu.Label>{shell.scheme}</Menu.Label>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            rightSection={scheme === colorScheme ? '✓' : undefined}
          >
            {shell.schemes[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{shell.language}</Menu.Label>
        {(['en', 'de'] as const).map((each) => (
          <Menu.Item
            key={each}
            lang={each}
            onClick={() => changeLanguage(each)}
            rightSection={each === language ? '✓' : undefined}
          >
            {{ en: 'English', de: 'Deutsch' }[each]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item closeMenuOnClick={false} onClick={() => signOut.mutate()}>
          {shell.signOut}
        </Menu.Item>
        <ProblemAlert error={signOut.error} />
      </Menu.Dropdown>
    </Menu>
  );
}
