/**
 * Lit as we use it. Its Trusted Types policy is ours, so that a page has to allow one name only. Templates
 * are read when the widget is built (templates.mjs), and what none of ours needs is left out: directives,
 * `?attribute` and element bindings, bindings within comments and within raw text (`<textarea>${…}`),
 * templates of SVG and MathML, options of listeners, hooks for polyfills. Each entry is a place in
 * lit-html 3.3.3 and what stands there instead; the build fails when lit is written in another way.
 */
import { readFile } from "node:fs/promises";

const PLACES = [
  // The policy.
  ['e=s?s.createPolicy("lit-html",{createHTML:t=>t}):void 0', "e=ecPolicy"],
  // Reading templates, which templates.mjs does when the widget is built.
  ['h="$lit$",o=`lit$${Math.random().toFixed(9).slice(2)}$`,n="?"+o,r=`<${n}>`,', ""],
  [/,v=\/<.*?(?=,E=Symbol)/s, ",ecHtml=(t,...i)=>({_$litType$:t,values:i})"],
  ["C=new WeakMap,", ""],
  [/function V\(t,i\).*?(?=function M)/s, ""],
  [
    "u(t){const{el:{content:i},parts:s}=this._$AD,e=(t?.creationScope??l).importNode(i,!0);P.currentNode=e;let h=P.nextNode(),o=0,n=0,r=s[0];",
    "u(){const s=this._$AD;if(!s.t){const t=l.createElement('template');t.innerHTML=e?e.createHTML(s[0]):s[0];s.t=t.content}const f=l.importNode(s.t,!0);P.currentNode=f;let h=P.nextNode(),o=0,n=1,r=s[1];",
  ],
  [
    "if(o===r.index){let i;2===r.type?i=new k(h,h.nextSibling,this,t):1===r.type?i=new r.ctor(h,r.name,r.strings,this,t):6===r.type&&(i=new Z(h,this,t)),this._$AV.push(i),r=s[++n]}o!==r?.index&&(h=P.nextNode(),o++)}return P.currentNode=l,e}",
    'if(o===(r[0]??r)){let i=r[1];this._$AV.push(i?new("."===i[0]?I:"@"===i[0]?z:H)(h,i.replace(/^[.@]/,""),r.slice(2)):new k(h,h.nextSibling));r=s[++n]}else h=P.nextNode(),o++}return P.currentNode=l,f}',
  ],
  ['s.length>2||""!==s[0]||""!==s[1]?', "s.length?"],
  // Directives, and what tells them where they are.
  ["t=M(this,t,i),a(t)?", "a(t)?"],
  ["t=M(this,t,i,0),o=!a(t)||t!==this._$AH&&t!==E,", "o=!a(t)||t!==this._$AH,"],
  ["r=M(this,e[s+n],i,n),r===E&&(r=this._$AH[n]),", "r=e[s+n],"],
  ["t!==this._$AH&&t!==E&&this._(t)", "t!==this._$AH&&this._(t)"],
  ["get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u()", "u()"],
  ["constructor(t,i){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=i}", "constructor(t){this._$AV=[],this._$AD=t}"],
  ["get _$AU(){return this._$AM?._$AU??this._$Cv}", ""],
  ["this.type=2,this._$AH=A,this._$AN=void 0,this._$AA=t,this._$AB=i,this._$AM=s,this.options=e,this._$Cv=e?.isConnected??!0", "this._$AH=A,this._$AA=t,this._$AB=i"],
  ["get parentNode(){let t=this._$AA.parentNode;const i=this._$AM;return void 0!==i&&11===t?.nodeType&&(t=i.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}", ""],
  ["_$AR(t=this._$AA.nextSibling,s){for(this._$AP?.(!1,!0,s);t!==", "_$AR(t=this._$AA.nextSibling){for(;t!=="],
  ["this._$AR(s&&s._$AB.nextSibling,e),", "this._$AR(s&&s._$AB.nextSibling),"],
  ["setConnected(t){void 0===this._$AM&&(this._$Cv=t,this._$AP?.(t))}", ""],
  ["get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}", ""],
  ["this.type=1,this._$AH=A,this._$AN=void 0,this.element=t,this.name=i,this._$AM=e,this.options=h,", "this._$AH=A,this.element=t,this.name=i,"],
  ["constructor(){super(...arguments),this.type=3}", ""],
  ["new k(this.O(c()),this.O(c()),this,this.options)", "new k(this.O(c()),this.O(c()))"],
  ["const t=new R(e,this),s=t.u(this.options);", "const t=new R(e),s=t.u();"],
  ['{values:i,_$litType$:s}=t,e="number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s);', "{values:i,_$litType$:e}=t;"],
  ["_$AC(t){let i=C.get(t.strings);return void 0===i&&C.set(t.strings,i=new S(t)),i}", ""],
  // Listeners.
  ["constructor(t,i,s,e,h){super(t,i,s,e,h),this.type=5}_$AI(t,i=this){if((t=M(this,t,i,0)??A)===E)return;const s=this._$AH,e=t===A&&s!==A||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,h=t!==A&&(s===A||e);", "_$AI(t){t??=A;const s=this._$AH,e=t===A&&s!==A,h=t!==A&&(s===A||e);"],
  ['"function"==typeof this._$AH?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)', "this._$AH(t)"],
  // Rendering.
  ['const j={M:h,P:o,A:n,C:1,L:N,R,D:d,V:M,I:k,H,N:L,U:z,B:I,F:Z},B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3");', ""],
  ["export{j as _$LH,b as html,T as mathml,E as noChange,A as nothing,D as render,w as svg}", "export{ecHtml as html,A as nothing,D as render}"],
  ["const e=s?.renderBefore??i;let h=e._$litPart$;if(void 0===h){const t=s?.renderBefore??null;e._$litPart$=h=new k(i.insertBefore(c(),t),t,void 0,s??{})}return h._$AI(t),h", "(i._$litPart$??=new k(i.insertBefore(c(),null),null))._$AI(t)"],
];

/** An esbuild plugin; `policy` is the path of the module that has the Trusted Types policy. */
export const usedOfLit = (policy) => ({
  name: "used-of-lit",
  setup({ onLoad }) {
    onLoad({ filter: /lit-html\/lit-html\.js$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      for (const [place, ours] of PLACES) {
        if (source.split(place).length !== 2) throw new Error(`lit-html is written in another way now: ${place}`);
        source = source.replace(place, () => ours);
      }
      return { contents: `import {policy as ecPolicy} from ${JSON.stringify(policy)};${source}`, loader: "js" };
    });
  },
});
