// What a binary must be to go into a release.
import { readFileSync } from 'node:fs';

/** @typedef {import('./targets.mjs').Target} Target */

const SIZE_MOST = 150 * 1024;
/** Of glibc 2: what Node 20 itself asks for. */
const GLIBC_MINOR_MOST = 28;

const ELF_MACHINES = { x64: 62, arm64: 183 };
const MACH_CPUS = { x64: 0x01000007, arm64: 0x0100000c };
const MACH_DYLIB = 6;
const MACH_BUNDLE = 8;
const LC_CODE_SIGNATURE = 0x1d;

/**
 * @param {string} path
 * @param {Target} target
 * @returns {{ size: number, wrong: string[] }} what is wrong with it, a sentence each
 */
export function examine(path, target) {
  const bytes = readFileSync(path);
  const wrong = target.platform === 'linux' ? wrongElf(bytes, target) : wrongMachO(bytes, target);
  if (bytes.length > SIZE_MOST) wrong.push(`it has ${bytes.length} bytes, more than ${SIZE_MOST}`);
  if (!bytes.includes('napi_register_module_v1')) wrong.push('it has no entry for Node');
  return { size: bytes.length, wrong };
}

/** @param {Buffer} bytes @param {Target} target */
function wrongElf(bytes, { arch, name }) {
  if (bytes.readUInt32BE(0) !== 0x7f454c46) return ['it is no ELF file'];
  const wrong = [];
  if (bytes.readUInt16LE(18) !== ELF_MACHINES[arch]) wrong.push(`it is for another processor than ${arch}`);
  // The names of versions that it asks for stand in its table of strings, and nowhere else does such a text.
  const versions = [...bytes.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) =>
    Number(minor),
  );
  const newest = Math.max(...versions);
  if (name.endsWith('-musl')) {
    if (versions.length > 0) wrong.push('it asks for glibc, and is for musl');
  } else if (versions.length === 0) wrong.push('it does not say which glibc it asks for');
  else if (newest > GLIBC_MINOR_MOST)
    wrong.push(`it asks for glibc 2.${newest}, newer than 2.${GLIBC_MINOR_MOST}`);
  return wrong;
}

/** @param {Buffer} bytes @param {Target} target */
function wrongMachO(bytes, { arch }) {
  if (bytes.readUInt32LE(0) !== 0xfeedfacf) return ['it is no Mach-O file of 64 bits'];
  const wrong = [];
  if (bytes.readUInt32LE(4) !== MACH_CPUS[arch]) wrong.push(`it is for another processor than ${arch}`);
  const type = bytes.readUInt32LE(12);
  if (type !== MACH_DYLIB && type !== MACH_BUNDLE) wrong.push(`it cannot be loaded: its type is ${type}`);
  // Macs with Apple's processors load nothing that has no signature, be it of nobody.
  if (arch === 'arm64' && !loadCommands(bytes).includes(LC_CODE_SIGNATURE)) wrong.push('it has no signature');
  return wrong;
}

/** @param {Buffer} bytes @returns {number[]} the kinds of its load commands */
function loadCommands(bytes) {
  const kinds = [];
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    kinds.push(bytes.readUInt32LE(at));
    at += bytes.readUInt32LE(at + 4);
  }
  return kinds;
}
