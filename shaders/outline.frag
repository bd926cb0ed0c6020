// A soft line of two pixels around the mask: eight taps on a circle; fainter where the thing is hidden.
in vec2 uv;
uniform sampler2D mask;
uniform float width_px;
out vec4 color;

void main() {
    vec2 px = width_px / vec2(textureSize(mask, 0));
    float own = texture(mask, uv).a;
    vec4 sum = vec4(0.0);
    float covered = 0.0;
    for (int i = 0; i < 8; i++) {
        float a = float(i) * 0.7854;
        vec4 tap = texture(mask, uv + vec2(cos(a), sin(a)) * px);
        float in_mask = smoothstep(0.0, 0.4, tap.a);
        sum += vec4(tap.rgb, tap.a) * in_mask;
        covered += in_mask;
    }
    if (covered < 0.5 || own > 0.4) discard;
    sum /= covered;
    float strength = mix(0.38, 1.0, smoothstep(0.5, 0.95, sum.a));
    color = vec4(sum.rgb, clamp(covered * 0.45, 0.0, 1.0) * strength * (1.0 - own * 2.0));
}
