"""What is recorded at each boundary, and how it is sent.

* `recorder` is the tracer while requests are served (`usual`: its short ways, `layered`: what it
  tells of frameworks' layers), `record` what there is of one request;
* `environ` finds what has changed in an environ, by few looks (`versions`, `tables`), also within
  its values (`containers`, `buffers`) and in copies of it (`copied`);
* `blocks`, `empties` and `forms` say how blocks, and what has no plain form, are told.
"""
