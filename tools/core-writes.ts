import ts from "typescript";

/** Methods that change what they are called on. */
const CHANGING = new Set("push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "));
/** Functions that change their first argument. */
const CHANGING_FIRST = new Set([
  "Object.assign",
  "Object.defineProperty",
  "Object.defineProperties",
  "Object.setPrototypeOf",
  "Reflect.set",
]);

/**
 * Finds in a source text every write to something that the writing function did not make: to an argument, to what an
 * argument holds, to what another function returned, or to a variable of the module. A function may write to an object,
 * array, map or set that it made itself, and only to that object's own members: the members of a copy are not copied.
 *
 * @returns line and text of each such write
 */
export function foreignWrites(fileName: string, text: string): readonly string[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const written of writtenBy(node)) if (!isOwn(written)) found.push(lineOf(source, node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function lineOf(source: ts.SourceFile, node: ts.Node): string {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  return `${source.fileName}:${line + 1} ${node.getText().split("\n")[0] ?? ""}`;
}

/** The objects, not the variables, that an expression changes. */
function writtenBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return targetsOf(node.left);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return isStep(node.operator) ? targetsOf(node.operand) : [];
  if (ts.isDeleteExpression(node)) return targetsOf(node.expression);
  if ((ts.isForOfStatement(node) || ts.isForInStatement(node)) && !ts.isVariableDeclarationList(node.initializer))
    return targetsOf(node.initializer);
  if (!ts.isCallExpression(node)) return [];
  const [first] = node.arguments;
  if (first !== undefined && CHANGING_FIRST.has(node.expression.getText())) return [first];
  return isMember(node.expression) && CHANGING.has(nameOf(node.expression)) ? [node.expression.expression] : [];
}

/** Of `a.b = …` that is `a`; of a pattern all that its members name; a bare variable is no object. */
function targetsOf(left: ts.Expression): readonly ts.Expression[] {
  const target = bare(left);
  if (isMember(target)) return [target.expression];
  if (ts.isArrayLiteralExpression(target)) return target.elements.flatMap(targetsOf);
  if (ts.isSpreadElement(target)) return targetsOf(target.expression);
  if (ts.isBinaryExpression(target)) return targetsOf(target.left);
  if (!ts.isObjectLiteralExpression(target)) return [];
  return target.properties.flatMap((each) => {
    if (ts.isPropertyAssignment(each)) return targetsOf(each.initializer);
    return ts.isSpreadAssignment(each) ? targetsOf(each.expression) : [];
  });
}

/** Whether the function that writes has made the object itself. */
function isOwn(written: ts.Expression): boolean {
  const object = bare(written);
  if (isMade(object)) return true;
  if (ts.isIdentifier(object)) return isOwnVariable(object, isMade);
  // `(own.member ??= made).x = …`: where `own` began empty, whatever stands in its members was made here as well.
  if (!isFilling(object)) return false;
  const place = bare(object.left);
  if (!isMade(bare(object.right))) return false;
  if (ts.isIdentifier(place)) return isOwnVariable(place, isMade);
  return isMember(place) && ts.isIdentifier(place.expression) && isOwnVariable(place.expression, isEmpty);
}

/** Whether all that the variable ever holds is such, and it belongs to the very function that writes. */
function isOwnVariable(name: ts.Identifier, is: (value: ts.Expression) => boolean): boolean {
  const body = functionOf(name);
  const values = body === undefined ? [] : valuesOf(body, name.text);
  return values.length > 0 && values.every((value) => value !== "unknown" && is(bare(value)));
}

/** Everything that a function gives to a variable of its own; nothing where the variable is not its own. */
function valuesOf(body: ts.Node, name: string): readonly (ts.Expression | "unknown")[] {
  const values: (ts.Expression | "unknown")[] = [];
  let isDeclared = false;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) || ts.isParameter(node)) {
      const isHere = ts.isIdentifier(node.name) ? node.name.text === name : boundIn(node.name).includes(name);
      if (isHere) {
        isDeclared ||= functionOf(node) === body;
        const isPlain = ts.isIdentifier(node.name) && ts.isVariableDeclaration(node) && !isLoopVariable(node);
        if (!isPlain) values.push("unknown");
        else if (node.initializer !== undefined) values.push(node.initializer);
      }
    }
    if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) {
      if (ts.isIdentifier(node.left) && node.left.text === name) values.push(node.right);
      else if (!ts.isIdentifier(node.left) && !isMember(node.left) && node.left.getText().includes(name)) values.push("unknown");
    }
    ts.forEachChild(node, visit);
  };
  visit(body);
  return isDeclared ? values : [];
}

function boundIn(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundIn(element.name) : []));
}

function isLoopVariable(node: ts.VariableDeclaration): boolean {
  return ts.isForOfStatement(node.parent.parent) || ts.isForInStatement(node.parent.parent);
}

function functionOf(node: ts.Node): ts.Node | undefined {
  return ts.findAncestor(node, (each) => each !== node && ts.isFunctionLike(each));
}

function isMade(value: ts.Expression): boolean {
  return ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || ts.isNewExpression(value) || isChoiceOfMade(value);
}

function isChoiceOfMade(value: ts.Expression): boolean {
  if (!ts.isConditionalExpression(value)) return false;
  return [value.whenTrue, value.whenFalse].map(bare).every((one) => isMade(one) || one.getText() === "undefined");
}

function isEmpty(value: ts.Expression): boolean {
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0;
  return ts.isArrayLiteralExpression(value) && value.elements.length === 0;
}

function isFilling(node: ts.Expression): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionEqualsToken;
}

function isMember(node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression {
  return ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
}

function nameOf(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : "";
}

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node) ? bare(node.expression) : node;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isStep(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}
