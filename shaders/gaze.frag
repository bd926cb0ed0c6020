// Fades along and across.
in vec2 at;
flat in vec3 tone;
in float near;
out vec4 color;

void main() {
    float a = (1.0 - at.x) * (1.0 - smoothstep(0.4, 1.0, abs(at.y)));
    color = vec4(pow(tone, vec3(1.0 / 2.2)), 0.45 * a * near);
}
