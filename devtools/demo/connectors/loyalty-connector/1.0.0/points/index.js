const pointsOf = (centAmount, perEuro) => Math.floor((centAmount / 100) * perEuro);

module.exports = { pointsOf };
