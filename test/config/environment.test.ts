/** What every stdio server gets of our environment, and that the documentation lists exactly that. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { harmlessVariables, serverEnvironment } from '../../src/config/environment.ts';

afterEach(() => void vi.unstubAllEnvs());

test('paths of certificates are passed on, proxies and credentials are not', () => {
  const certificates = { NODE_EXTRA_CA_CERTS: '/a.pem', SSL_CERT_FILE: '/b.pem', SSL_CERT_DIR: '/c' };
  const others = { HTTPS_PROXY: 'http://u:p@h', http_proxy: 'http://h', API_KEY: 'x', TERM: '() { :; }' };
  for (const [name, value] of Object.entries({ ...certificates, ...others })) vi.stubEnv(name, value);
  const environment = serverEnvironment();
  expect(environment).toMatchObject(certificates);
  for (const name of Object.keys(others)) expect(environment).not.toHaveProperty(name);
});

test('docs/configuration.md lists each variable, and no other', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const section = /## What a stdio server sees of the environment\n(.*?)\nAll else/s.exec(text)?.[1] ?? '';
  const listed = [...section.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]);
  expect(listed.sort()).toEqual([...harmlessVariables].sort());
});
