"""The pages.

Parts of a page are loaded by htmx, and by nothing else. The protocol, in the order of one request:

1. An element of the template says what it requests (`hx-get`, `hx-post`), when (`hx-trigger`), and where the answer
   goes (`hx-target`, `hx-swap`). No script of ours sends requests, but for 7.
2. htmx sends the header `HX-Request`. A view of a part answers with a template whose name begins with an underscore;
   the whole page includes the same template.
3. What changes elsewhere on the page comes along, each in an `<hx-partial hx-target="…">` of the same answer.
4. A form that is refused comes back with its reasons and status 409. Any other refusal is a part too: `config.errors`
   answers with `_components/refused.html`, and a session that ended with `_components/signed_out.html`
   (`accounts.requests.middleware`). `static/portal.js` puts it, and what to do where no answer came, into the
   `[data-problem]` of the nearest `[data-part]`: everything else stays, so nothing typed is lost.
5. What is typed is saved by `_components/autosave.html`, after a pause and when the page is left.
6. When the whole page has to change, the answer has the header `HX-Refresh: true`.
7. A form that has to wait for a worker comes back with `data-goes-on` in the answer to it, and with a part that asks
   until the worker has answered: its `data-sends` names the form, which `static/portal.js` sends again, once.
8. Beside the element there is a link or a button that does the same without JavaScript.
"""
