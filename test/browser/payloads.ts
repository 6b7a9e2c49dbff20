/** Says that a script of somebody else ran: the title of the page is changed. */
const HIT = "document.title='hit'";

const ELEMENTS = [
  `<script>${HIT}</script>`,
  `<SCRIPT>${HIT}</SCRIPT>`,
  `<scr<script>ipt>${HIT}</scr</script>ipt>`,
  `<script src=//127.0.0.1:9/hit.js></script>`,
  `<script src="data:text/javascript,${HIT}"></script>`,
  `<script type=module>${HIT}</script>`,
  `<img src=x onerror="${HIT}">`,
  `<img src=x onerror=${HIT}//`,
  `<img/src/onerror=${HIT}>`,
  `<img src="x" onerror="&#100;ocument.title='hit'">`,
  `<image src=x onerror="${HIT}">`,
  `<svg onload="${HIT}">`,
  `<svg><script>${HIT}</script></svg>`,
  `<svg><animate onbegin="${HIT}" attributeName=x dur=1s>`,
  `<svg><use href="data:image/svg+xml,<svg id=x onload=${HIT}>#x">`,
  `<math><mtext></mtext><mglyph><style><img src=x onerror="${HIT}">`,
  `<body onload="${HIT}">`,
  `<iframe src="javascript:parent.${HIT}"></iframe>`,
  `<iframe srcdoc="<script>parent.${HIT}</script>"></iframe>`,
  `<object data="javascript:${HIT}"></object>`,
  `<embed src="javascript:${HIT}">`,
  `<video><source onerror="${HIT}">`,
  `<audio src=x onerror="${HIT}">`,
  `<details open ontoggle="${HIT}">`,
  `<input autofocus onfocus="${HIT}">`,
  `<select autofocus onfocus="${HIT}">`,
  `<textarea autofocus onfocus="${HIT}">`,
  `<marquee onstart="${HIT}">`,
  `<a href="javascript:${HIT}" id=x tabindex=1 autofocus>x</a>`,
  `<form action="javascript:${HIT}"><button>x</button></form>`,
  `<isindex action="javascript:${HIT}">`,
  `<base href="//127.0.0.1:9/">`,
  `<link rel=stylesheet href=//127.0.0.1:9/hit.css>`,
  `<link rel=import href="data:text/html,<script>${HIT}</script>">`,
  `<meta http-equiv=refresh content="0;url=javascript:${HIT}">`,
  `<style>@import '//127.0.0.1:9/hit.css';</style>`,
  `<div style="background:url(//127.0.0.1:9/hit.png)">`,
  `<template><script>${HIT}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${HIT}>">`,
  `<!--><img src=x onerror="${HIT}">-->`,
  `<![CDATA[><img src=x onerror="${HIT}">]]>`,
  `<x onclick="${HIT}" style="position:fixed;inset:0">x</x>`,
];

const BREAKS_OUT = [
  `"><script>${HIT}</script>`,
  `'><img src=x onerror="${HIT}">`,
  `" autofocus onfocus="${HIT}" x="`,
  `' onmouseover='${HIT}`,
  `</title><script>${HIT}</script>`,
  `</textarea><script>${HIT}</script>`,
  `</script><script>${HIT}</script>`,
  `\\"};${HIT};//`,
  `';${HIT};//`,
];

const TEMPLATES = [
  `javascript:${HIT}`,
  `jAvAsCrIpT:${HIT}`,
  `data:text/html,<script>${HIT}</script>`,
  `{{constructor.constructor("${HIT}")()}}`,
  `\${${HIT}}`,
  `<%= ${HIT} %>`,
  `[x](javascript:${HIT})`,
  `__proto__`,
];

/** What a browser runs where a page does not keep text apart from markup, addresses and code. */
export const PAYLOADS: readonly string[] = [...ELEMENTS, ...BREAKS_OUT, ...TEMPLATES];
