import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text of people is never markup: use textContent." },
        { property: "outerHTML", message: "Text of people is never markup: use textContent." },
        { property: "insertAdjacentHTML", message: "Text of people is never markup: use textContent." },
      ],
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
    },
  },
];
