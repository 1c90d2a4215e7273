/** Opens an address in the browser of whoever sits here, where there is one. */
import { spawn } from 'node:child_process';

/** @returns whether a browser was asked; it may still fail, so the address is always shown as well */
export function openBrowser(url: URL): boolean {
  const opener = openerFor(process.platform);
  if (!opener || !/^https?:$/.test(url.protocol)) return false;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
  return true;
}

function openerFor(platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  // No shell sees the address.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}
