const apiKey = "@PLANTED_SECRET@";

export function letter(customer, sender) {
  return { from: sender, to: customer.email, subject: "Welcome", text: `Hello ${customer.firstName}!` };
}

export async function send(content) {
  const answer = await fetch("https://mail.example/v3/send", {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(content),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error("The letter was not taken.");
}
