(import "../sub/inner")
