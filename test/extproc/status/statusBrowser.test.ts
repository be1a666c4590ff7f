import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SnapshotSources } from "../../../extproc/service/status/snapshot";
import { startBrowser, whyNoBrowser } from "./support/browser";
import { figuresOf, ordinaryDay, policyWith, serve, spend } from "./support/statusServer";

const missing = whyNoBrowser();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

describe.skipIf(missing !== undefined)(
  `the status page in Chromium${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser?.close());

    interface View {
      readonly budgets: number;
      readonly scheme?: "light" | "dark";
      readonly width?: number;
      readonly sources?: Partial<SnapshotSources>;
      /** What the page may complain of. Default: nothing. */
      readonly mayComplain?: RegExp;
    }

    /** The page with an ordinary day's figures, once it is live. Whatever it complains of fails the test. */
    async function open({ budgets, scheme = "light", width = 1200, sources = {}, mayComplain }: View) {
      const figures = await figuresOf(policyWith(budgets), sources);
      await ordinaryDay(figures);
      const server = await serve(figures);
      closers.push(() => server.close());
      const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 800 } });
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => complaints.push(message.text()));
      closers.push(async () => {
        await page.close();
        expect(complaints.filter((one) => mayComplain?.test(one) !== true)).toEqual([]);
      });
      await page.goto(server.url);
      await page
        .getByRole("status")
        .filter({ hasText: /^live$/ })
        .waitFor();
      const folder = process.env["STATUS_SCREENSHOTS"];
      if (folder !== undefined) {
        await page.screenshot({ path: `${folder}/${budgets}-${scheme}-${width}.png`, fullPage: true });
      }
      return { page, figures, server };
    }

    const cards = (page: Page) => page.locator("#budgets > li");
    const card = (page: Page, name: string) =>
      cards(page).filter({ has: page.getByRole("heading", { name, exact: true }) });
    const rows = (page: Page, table: string) => page.locator(`#${table} tbody tr`).allInnerTexts();

    const views = [0, 3, 40].flatMap((budgets) =>
      (["light", "dark"] as const).flatMap((scheme) =>
        [1200, 390].map((width) => [budgets, scheme, width] as const),
      ),
    );
    it.each(views)(
      "shows %d budgets, %s, %d pixels wide, and needs no sideways scrolling",
      async (budgets, scheme, width) => {
        const { page } = await open({ budgets, scheme, width });
        expect(await cards(page).count()).toBe(budgets);
        const [scrolls, tables] = await page.evaluate<[boolean, boolean[]]>(`[
        document.documentElement.scrollWidth > innerWidth,
        [...document.querySelectorAll(".scroll")].map((one) => one.scrollWidth > one.clientWidth),
      ]`);
        expect([scrolls, tables]).toEqual([false, [false, false, false]]);
        const note = await page.locator("#budgetsNote").innerText();
        expect(note).toBe(budgets === 0 ? "The policy has no budgets." : "");
      },
    );

    it("shows limit, used, held, what is left and the reset of a budget", async () => {
      const { page } = await open({ budgets: 3 });
      const texts = (await card(page, "support-month: support").innerText()).split("\n");
      expect(texts[0]).toBe("support-month: support");
      expect(texts).toContain("$255.00 left");
      expect(texts).toContain("$1,500.00 per month for each team");
      expect(texts.at(-1)).toMatch(/^\$930\.00 used, \$315\.00 held, resets in 9 d 14 h$/);
      const bar = card(page, "support-month: support").getByRole("img");
      expect(await bar.getAttribute("aria-label")).toBe("62 % used, 21 % held");
      const parts = await page.evaluate<number[]>(`(() => {
        const bar = document.querySelector('[aria-label="62 % used, 21 % held"]');
        return [...bar.children].map((part) => part.getBoundingClientRect().width / bar.clientWidth);
      })()`);
      expect(parts[0]).toBeCloseTo(0.62, 2);
      expect(parts[1]).toBeCloseTo(0.21, 2);
      expect(await page.locator("#budgetsSum").innerText()).toBe("1 at the limit, 1 above 80 %");
      expect(await card(page, "user-minute").innerText()).toContain("at the limit");
    });

    it("says what a shadow, a limit of requests at a time and an untouched budget are", async () => {
      const { page } = await open({ budgets: 6 });
      expect(await card(page, "trial-of-a-limit-with-a-long-name").innerText()).toContain("refuses nothing");
      expect(await card(page, "running").innerText()).toMatch(/8 at a time\n+\d running/);
      expect(await card(page, "user-minute").innerText()).toContain("for each user; the fullest is shown");
    });

    it("shows models, teams, rates and the reasons of refusals", async () => {
      const { page } = await open({ budgets: 3 });
      const models = await rows(page, "models");
      expect(models[0]).toMatch(/^claude\s+1,478\n37 refused\s+144K in\n28,820 out\s+\$14\.\d\d$/);
      expect(models[2]).toMatch(/^Qwen\/Qwen3-1\.7B\s+1,440\s.*\sno price$/s);
      expect(await rows(page, "teams")).toEqual([
        expect.stringMatching(/^support\s+2,160\s/),
        expect.stringMatching(/^no team\s+1,081\s/),
        expect.stringMatching(/^search\s+1,080\s/),
      ]);
      const refusals = await rows(page, "refusals");
      expect(refusals.toSorted()).toEqual([
        expect.stringMatching(/^An API key that has expired\s+1\s+12 s ago$/),
        expect.stringMatching(/^No such model\s+1\s+41 s ago$/),
        expect.stringMatching(/^The request could not be read\s+1\s+41 s ago$/),
        expect.stringMatching(/^claude: budget claude-hour is at its limit\s+37\s+1 s ago$/),
      ]);
      expect(await page.locator("#rate").innerText()).toBe("58");
      expect(await page.locator("#since").innerText()).toBe("by this replica in 3 h");
      expect(await page.locator("#first").innerText()).toMatch(/^\d{3} ms$/);
      await expect.poll(() => page.locator("#peak").innerText()).toBe("at most 110 in the last minute");
    });

    it("breaks long names behind a slash, and keeps them as they are", async () => {
      const { page } = await open({ budgets: 0, width: 390 });
      const name = page.locator("#models tbody th").last();
      expect(await name.evaluate((one) => one.textContent)).toBe("Qwen/Qwen3-1.7B");
      expect((await name.innerHTML()).startsWith("Qwen/<wbr>Qwen3")).toBe(true);
    });

    it("follows what happens, and keeps its elements", async () => {
      const { page, figures } = await open({ budgets: 3 });
      const bar = card(page, "claude-hour: claude");
      await page.evaluate(
        `for (const one of document.querySelectorAll("#budgets > li")) one.dataset.mark = "same"`,
      );
      await spend(figures, "claude-hour", "model=claude", 0.5, 0);
      await expect.poll(() => bar.innerText()).toMatch(/^1\.4M used, 100K held/m);
      expect(await bar.getAttribute("data-mark")).toBe("same");
    });

    it("names no user", async () => {
      const { page } = await open({ budgets: 6 });
      expect(await page.content()).not.toContain("alice");
      expect(await page.locator("body").innerText()).not.toContain("alice");
    });

    it("tells when the store is gone", async () => {
      const { page, figures } = await open({ budgets: 3, sources: { inspect: async () => undefined } });
      expect(await card(page, "user-minute").innerText()).toContain("no request so far");
      Object.assign(figures.health, { store: "down" });
      await expect.poll(() => page.locator("#alerts").innerText()).toMatch(/^The store does not answer/);
      await expect.poll(() => card(page, "user-minute").innerText()).toContain("the store does not answer");
    });

    it("says that the connection is gone, and comes back by itself", async () => {
      // The browser itself logs what fails meanwhile.
      const { page, figures, server } = await open({ budgets: 3, mayComplain: /^Failed to load resource/ });
      await server.close();
      await page.getByText("no connection; trying again").waitFor();
      const again = await serve(figures, server.port);
      closers.push(() => again.close());
      await page
        .getByRole("status")
        .filter({ hasText: /^live$/ })
        .waitFor({ timeout: 20_000 });
    });

    it("lets nobody watch behind a page that is hidden", async () => {
      const { page } = await open({ budgets: 0 });
      const [hidden, state] = await page.evaluate<[number, number]>(`(() => {
        Object.defineProperty(document, "hidden", { value: true, configurable: true });
        const before = source;
        document.dispatchEvent(new Event("visibilitychange"));
        const state = before.readyState;
        Object.defineProperty(document, "hidden", { value: false, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
        return [state, source.readyState];
      })()`);
      expect([hidden, state]).toEqual([2, 0]);
    });

    it("has headings in order, names for its regions, and enough contrast", async () => {
      for (const scheme of ["light", "dark"] as const) {
        const { page } = await open({ budgets: 3, scheme });
        const levels = await page.evaluate<number[]>(
          "[...document.querySelectorAll('h1, h2, h3')].map((one) => Number(one.tagName[1]))",
        );
        expect(levels[0]).toBe(1);
        for (const [at, level] of levels.entries()) {
          expect(level - (levels[at - 1] ?? 1)).toBeLessThanOrEqual(1);
        }
        expect(await page.getByRole("region").count()).toBe(3);
        expect(await page.evaluate<string[]>(lowContrast)).toEqual([]);
      }
    });
  },
);

/** Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3), and bars below 3 to 1 of their track (1.4.11). */
const lowContrast = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = (text) => {
    const [r, g, b] = rgb(text).slice(0, 3).map((one) => {
      const share = one / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgb(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    const { color } = getComputedStyle(element);
    if (own && !["SCRIPT", "NOSCRIPT"].includes(element.tagName) && ratio(color, groundOf(element)) < 4.5) {
      found.push(element.textContent + " " + color);
    }
  }
  for (const bar of document.querySelectorAll(".bar")) {
    if (ratio(getComputedStyle(bar).color, getComputedStyle(bar).backgroundColor) < 3) found.push(bar.className);
  }
  return found;
})()`;
