import { conformance } from "./ledger/conformance";
import { describeStores } from "./ledger/support/stores";

describeStores("a ledger", conformance);
