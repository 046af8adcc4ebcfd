const step = process.argv[2];

switch (step) {
  case "deploy":
    console.log("The payment interface is ready.");
    break;
  case "undeploy":
    console.log("The payment interface was removed.");
    break;
  default:
    console.error("Say deploy or undeploy.");
    process.exitCode = 1;
}
