using Ledger.Contracts;

namespace Ledger.Api.Hosting;

/// <summary>
/// Ends a call with refusals. gRPC knows no other way to end a unary call without its answer; <see cref="RefusalInterceptor"/> turns it into a
/// status and nothing else catches it.
/// </summary>
internal sealed class RefusedException(params IReadOnlyList<Refusal> refusals) : Exception
{
    public IReadOnlyList<Refusal> Refusals { get; } = refusals;
}
