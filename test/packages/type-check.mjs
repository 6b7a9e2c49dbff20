import { join, sep } from 'node:path';
import ts from 'typescript';

const OURS = `${sep}node_modules${sep}@rowhouse${sep}`;
const FOREIGN = `${sep}node_modules${sep}`;

/**
 * Compiles a project and every declaration it reads (`skipLibCheck: false`). Errors in declarations of other packages are
 * ignored; most of them are types of drivers that are not installed.
 *
 * @returns {{ ours: number }} how many of our declarations were checked.
 * @throws when there is an error in the project's files or in ours.
 */
export function typeCheck(directory) {
  const project = ts.getParsedCommandLineOfConfigFile(join(directory, 'tsconfig.json'), {}, configHost);
  const program = ts.createProgram(project.fileNames, project.options);
  const errors = [...project.errors, ...ts.getPreEmitDiagnostics(program)].filter(isOurs);
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, formatHost(directory)));
  return { ours: program.getSourceFiles().filter(({ fileName }) => native(fileName).includes(OURS)).length };
}

function isOurs({ file }) {
  if (!file) return true;
  const name = native(file.fileName);
  return name.includes(OURS) || !name.includes(FOREIGN);
}

function native(fileName) {
  return fileName.replaceAll('/', sep);
}

const configHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic(diagnostic) {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  },
};

function formatHost(directory) {
  return {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => directory,
    getNewLine: () => '\n',
  };
}
