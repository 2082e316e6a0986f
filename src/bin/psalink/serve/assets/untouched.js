// The browser's own functions for reading a message. The elements of a message may have any name
// (`<img name=images>`, `<form name=addEventListener>`), and its document or a form then returns the element instead of
// the function of that name. So nothing is ever read from the objects of a message by name: these functions come from
// the prototypes of this page, which a message cannot reach, and they work on any document.

function descriptor(type, name) {
  for (let prototype = type.prototype; prototype; prototype = Object.getPrototypeOf(prototype)) {
    const found = Object.getOwnPropertyDescriptor(prototype, name);
    if (found) return found;
  }
  throw new Error(`this browser has no ${type.name}.${name}`);
}

function method(type, name) {
  const { value } = descriptor(type, name);
  return (it, ...values) => Reflect.apply(value, it, values);
}

function getter(type, name) {
  const { get } = descriptor(type, name);
  return (it) => Reflect.apply(get, it, []);
}

export const bodyOf = getter(Document, "body");
export const rootOf = getter(Document, "documentElement");
export const sheetsOf = getter(Document, "styleSheets");
export const inDocument = method(Document, "querySelectorAll");
export const listen = method(EventTarget, "addEventListener");
export const closest = method(Element, "closest");
export const attributeOf = method(Element, "getAttribute");
export const setAttribute = method(Element, "setAttribute");
export const removeAttribute = method(Element, "removeAttribute");
export const boxOf = method(Element, "getBoundingClientRect");
export const boxesOf = method(Element, "getClientRects");
export const scrollTo = method(Element, "scrollIntoView");
export const parentOf = getter(Node, "parentElement");
export const typeOf = getter(Node, "nodeType");
export const mediaOf = getter(HTMLSourceElement, "media");

const htmlStyle = getter(HTMLElement, "style");
const drawnStyle = getter(SVGElement, "style");

/** The style of an element of HTML or SVG; null for any other. */
export function styleOf(element) {
  for (const style of [htmlStyle, drawnStyle]) {
    try {
      return style(element);
    } catch { /* an element of the other kind */ }
  }
  return null;
}
