"""Pages as plain HTML: what stands in the browser before the program there has started."""
