/**
 * Lit as we use it. Its Trusted Types policy is ours, so that a page has to allow one name only. What
 * no template of ours needs is left out: directives, `?attribute` and element bindings, bindings within
 * comments and within raw text (`<textarea>${…}`), templates of SVG and MathML, compiled templates,
 * options of listeners, hooks for polyfills. Each entry is a place in lit-html 3.3.3 and what stands
 * there instead; the build fails when lit is written in another way.
 */
import { readFile } from "node:fs/promises";

const PLACES = [
  // The policy.
  ['e=s?s.createPolicy("lit-html",{createHTML:t=>t}):void 0', "e=ecPolicy"],
  // SVG and MathML.
  ["w=x(2),T=x(3),", "w=/* @__PURE__ */x(2),T=/* @__PURE__ */x(3),"],
  ['l=2===i?"<svg>":3===i?"<math>":""', 'l=""'],
  ['l+(t[s]||"<?>")+(2===i?"</svg>":3===i?"</math>":"")', 'l+(t[s]||"<?>")'],
  ["if(this.el=S.createElement(f,e),P.currentNode=this.el.content,2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}for(", "this.el=S.createElement(f,e);P.currentNode=this.el.content;for("],
  // Raw text, comments, elements, booleans.
  ['(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),c=p)', "(c=p)"],
  ["(c=n??v,d=-1)", "(c=v,d=-1)"],
  ["(c=p,n=void 0)", "(c=p)"],
  ["let n,l=", "let l="],
  ['if(y.test(r.tagName)){const t=r.textContent.split(o),i=t.length-1;if(i>0){r.textContent=s?s.emptyScript:"";for(let s=0;s<i;s++)r.append(t[s],c()),P.nextNode(),d.push({type:2,index:++l});r.append(t[i],c())}}', ""],
  ["if(r.data===n)d.push({type:2,index:l});else{let t=-1;for(;-1!==(t=r.data.indexOf(o,t+1));)d.push({type:7,index:l}),t+=o.length-1}", "r.data===n&&d.push({type:2,index:l});"],
  ["else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));", ""],
  ["2===r.type?i=new k(h,h.nextSibling,this,t):1===r.type?i=new r.ctor(h,r.name,r.strings,this,t):6===r.type&&(i=new Z(h,this,t))", "i=2===r.type?new k(h,h.nextSibling):new r.ctor(h,r.name,r.strings)"],
  [':"?"===e[1]?L', ""],
  // Directives, and what tells them where they are.
  ["t=M(this,t,i),a(t)?", "a(t)?"],
  ["t=M(this,t,i,0),o=!a(t)||t!==this._$AH&&t!==E,", "o=!a(t)||t!==this._$AH,"],
  ["r=M(this,e[s+n],i,n),r===E&&(r=this._$AH[n]),", "r=e[s+n],"],
  ["t!==this._$AH&&t!==E&&this._(t)", "t!==this._$AH&&this._(t)"],
  ["get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t)", "u(t)"],
  ["constructor(t,i){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=i}", "constructor(t){this._$AV=[],this._$AD=t}"],
  ["t?.creationScope??l", "l"],
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
  // Compiled templates.
  ['{values:i,_$litType$:s}=t,e="number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s);', "{values:i}=t,e=this._$AC(t);"],
  // Listeners.
  ["constructor(t,i,s,e,h){super(t,i,s,e,h),this.type=5}_$AI(t,i=this){if((t=M(this,t,i,0)??A)===E)return;const s=this._$AH,e=t===A&&s!==A||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,h=t!==A&&(s===A||e);", "_$AI(t){t??=A;const s=this._$AH,e=t===A&&s!==A,h=t!==A&&(s===A||e);"],
  ['"function"==typeof this._$AH?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)', "this._$AH(t)"],
  // Rendering.
  [',B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3");', ";"],
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
