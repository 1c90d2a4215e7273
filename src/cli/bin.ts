#!/usr/bin/env node
/** The program's entry. It imports nothing at first, so that an old Node reads it and says one clear line. */
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `mcp-tools-orchestrator needs Node.js 24 or newer; this is ${process.version}. Try: npx -y -p node@24 -p mcp-tools-orchestrator mcp-tools-orchestrator`,
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { main } = await import('./main.ts');
  await main(process.argv);
}

export {};
